import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { connection, connectionType, type Connection } from '../graphql/connection.js';
import { argsType, operationInput } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { describe } from '../lib/operation.js';
import { createTemplate } from './create-template.js';
import { getTemplateReport } from './get-template-report.js';
import { getTemplate, getTemplateByName } from './get-template.js';
import { listTemplates } from './list-templates.js';
import { reloadTemplates } from './reload-templates.js';
import { selectTemplate } from './select-template.js';
import {
  TemplatePayload,
  TemplateReport,
  TemplateReportPayload,
  TemplateSelection,
  toReport,
  toTemplate,
  WorkerTemplate,
} from './template.types.graphql.js';
import { updateTemplate } from './update-template.js';

const TemplateConnection = connectionType('WorkerTemplate', () => WorkerTemplate);
const TemplateArgs = argsType('TemplateArgs', getTemplate.request);
const TemplateByNameArgs = argsType('TemplateByNameArgs', getTemplateByName.request);
const TemplatesArgs = argsType('TemplatesArgs', listTemplates.request);
const SelectTemplateArgs = argsType('SelectTemplateArgs', selectTemplate.request);
const CreateTemplateInput = operationInput(createTemplate);
const UpdateTemplateInput = operationInput(updateTemplate);
const ReloadTemplatesInput = operationInput(reloadTemplates);

@Resolver()
export class TemplateResolver {
  @Query(() => WorkerTemplate, { nullable: true, description: describe(getTemplate) })
  template(@Args(() => TemplateArgs) args: object, @Ctx() context: RequestContext): Promise<WorkerTemplate> {
    return context.run(getTemplate, args).then(toTemplate);
  }

  @Query(() => WorkerTemplate, { nullable: true, description: describe(getTemplateByName) })
  templateByName(
    @Args(() => TemplateByNameArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<WorkerTemplate> {
    return context.run(getTemplateByName, args).then(toTemplate);
  }

  @Query(() => TemplateConnection, { nullable: true, description: describe(listTemplates) })
  templates(
    @Args(() => TemplatesArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<Connection<WorkerTemplate>> {
    return context.run(listTemplates, args).then((page) => connection(page, toTemplate));
  }

  @Query(() => TemplateSelection, { nullable: true, description: describe(selectTemplate) })
  selectTemplate(
    @Args(() => SelectTemplateArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<TemplateSelection> {
    return context.run(selectTemplate, args);
  }

  @Query(() => TemplateReport, { nullable: true, description: describe(getTemplateReport) })
  templateReport(@Ctx() context: RequestContext): Promise<TemplateReport> {
    return context.run(getTemplateReport, {}).then(toReport);
  }

  @Mutation(() => TemplatePayload, { nullable: true, description: describe(createTemplate) })
  createTemplate(
    @Arg('input', () => CreateTemplateInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<TemplatePayload> {
    return context.run(createTemplate, input);
  }

  @Mutation(() => TemplatePayload, { nullable: true, description: describe(updateTemplate) })
  updateTemplate(
    @Arg('input', () => UpdateTemplateInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<TemplatePayload> {
    return context.run(updateTemplate, input);
  }

  @Mutation(() => TemplateReportPayload, { nullable: true, description: describe(reloadTemplates) })
  reloadTemplates(
    @Arg('input', () => ReloadTemplatesInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<TemplateReportPayload> {
    return context
      .run(reloadTemplates, input)
      .then(({ report, liveRevision }) => ({ report: toReport(report), liveRevision }));
  }
}
