import { modelOptions, prop } from '@typegoose/typegoose';
import { StoredDocument } from '../db/stored-document.js';

/** The text of a lab file, stored once under the SHA-256 of its bytes and never changed. */
@modelOptions({ schemaOptions: { collection: 'lab_files' } })
export class LabFileDocument extends StoredDocument {
  /** Encodes to the very bytes that were read, a byte order mark included; not empty. */
  @prop({ type: () => String, required: true })
  text!: string;

  @prop({ type: () => String, required: true })
  createdAt!: string;
}
