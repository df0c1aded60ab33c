import { Field, Int, ObjectType } from 'type-graphql';
import { enumType } from '../graphql/input-type.js';
import { PortDefinition } from './definition.types.graphql.js';
import type { LabWarningLevel, LabWarningRule } from './lab-file/lab-warnings.js';

/** Object types of the inspection of a lab file. */

const LabWarningLevelEnum = enumType<LabWarningLevel>('LabWarningLevel', 'How much a warning matters.', {
  WARNING: 'The lab may not do what was meant.',
  INFO: 'Good to know.',
});

const LabWarningRuleEnum = enumType<LabWarningRule>('LabWarningRule', 'What a warning is about.', {
  HARD_CODED_PORT: 'A tag holds a number, which every instance replaces; a placeholder says so.',
  TAG_MISSPELT: 'A tag looks like a port but names none, and is ignored.',
  NAME_SUFFIXED: 'The name of a port got a number, since another port has the name.',
  NAME_CUT: 'The name of a port holds the beginning of a long label only.',
  LABEL_REPEATED: 'Two nodes have one label.',
  PLACEHOLDER_UNKNOWN: 'An annotation holds the placeholder of a port that no node tag names.',
  ANNOTATION_STAYS: 'An annotation looks like a port tag, but will not show its number.',
  CONFIGURATION_STAYS: 'A configuration holds what looks like a placeholder; it stays as it is.',
  LINK_BROKEN: 'A link leads to a node or an interface that is not there.',
  CONSOLE_MISSING: 'No tag leads to the console of a node of a kind that has one.',
  LICENSE_LIMIT: 'More nodes than a type of licence allows.',
  MORE_WARNINGS: 'There are more warnings than are shown.',
});

@ObjectType({ description: 'Something in a lab file that its author may want to mend.' })
class LabWarning {
  @Field(() => LabWarningRuleEnum, { description: 'What it is about.' })
  rule!: string;

  @Field(() => LabWarningLevelEnum, { description: 'How much it matters.' })
  level!: string;

  @Field(() => String, { description: 'What there is.' })
  message!: string;

  @Field(() => String, { description: 'What to do about it.' })
  fix!: string;

  @Field(() => Int, { description: 'Line, from 1.' })
  line!: number;

  @Field(() => Int, { description: 'Column, from 1, in UTF-16 code units.' })
  column!: number;

  @Field(() => String, { description: 'Place in the file, list positions as numbers: `nodes.0.tags.1`.' })
  path!: string;
}

@ObjectType({ description: 'What a lab file says.' })
export class LabInspection {
  @Field(() => String, { description: 'SHA-256 of its exact bytes.' })
  hash!: string;

  @Field(() => Int, { description: 'Nodes that count against a licence.' })
  nodeCount!: number;

  @Field(() => [PortDefinition], { description: 'Named ports, in the order of the file.' })
  portTemplate!: readonly PortDefinition[];

  @Field(() => [LabWarning], {
    description:
      'What its author may want to mend: those of level WARNING first, each level in the order of the file. ' +
      'At most 100, and one that says how many more there are.',
  })
  warnings!: readonly LabWarning[];
}
