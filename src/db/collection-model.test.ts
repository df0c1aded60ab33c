import { index, modelOptions, prop } from '@typegoose/typegoose';
import { describe, expect, it } from 'vitest';

import { CollectionModel } from './collection-model.js';
import { StoredDocument } from './stored-document.js';

class Owner {
  @prop({ type: () => String, required: true })
  name!: string;
}

@index({ 'owner.name': 1, size: 1, _id: 1 }, { name: 'owner_size' })
@index({ code: 1 }, { name: 'code', unique: true })
@modelOptions({ schemaOptions: { collection: 'boxes' } })
class Box extends StoredDocument {
  @prop({ type: () => String, required: true })
  code!: string;

  @prop({ type: () => Number })
  size?: number | null;

  @prop({ type: () => Owner, _id: false })
  owner?: Owner | null;

  @prop({ type: () => Object })
  label?: unknown;
}

const box = (fields: Partial<Box> = {}): Box => ({
  id: 'b1',
  revision: 1,
  schemaVersion: 1,
  code: 'c',
  ...fields,
});
const boxes = new CollectionModel(Box);

describe('what a class says of its collection', () => {
  it('is its name, and its indexes without the id that ends them', () => {
    expect(boxes.name).toBe('boxes');
    expect(boxes.index('owner_size')).toEqual({
      name: 'owner_size',
      fields: ['owner.name', 'size'],
      unique: false,
    });
    expect(boxes.index('code')).toEqual({ name: 'code', fields: ['code'], unique: true });
    expect(boxes.indexes).toHaveLength(2);
    expect(boxes.indexOn('owner.name').name).toBe('owner_size');
    expect(() => boxes.index('colour')).toThrow(TypeError);
    expect(() => boxes.indexOn('size')).toThrow(TypeError);
  });

  it('gives positions, where missing counts as null', () => {
    const index = boxes.index('owner_size');
    expect(boxes.keyOf(box({ owner: { name: 'o' }, size: 2 }), index)).toEqual(['o', 2, 'b1']);
    expect(boxes.keyOf(box({ owner: null }), index)).toEqual([null, null, 'b1']);
    expect(boxes.keyOf(box(), boxes.index('id'))).toEqual(['b1']);
  });

  const indexed = (fields: Record<string, number>, options: object) => {
    @index(fields as never, options)
    @modelOptions({ schemaOptions: { collection: 'boxes' } })
    class IndexedBox extends Box {}
    return () => new CollectionModel(IndexedBox);
  };

  it.each<[string, () => unknown]>([
    ['an index without a name', indexed({ size: 1, _id: 1 }, {})],
    ['a name that is taken', indexed({ size: 1, _id: 1 }, { name: 'code' })],
    ['the name of the index of ids', indexed({ size: 1, _id: 1 }, { name: 'id' })],
    ['a descending index', indexed({ size: -1, _id: 1 }, { name: 'x' })],
    ['an index whose ties nothing breaks', indexed({ size: 1 }, { name: 'x' })],
    ['a unique index with the id', indexed({ size: 1, _id: 1 }, { name: 'x', unique: true })],
    ['an index that begins with the id', indexed({ _id: 1, size: 1 }, { name: 'x' })],
    ['an index of the id alone', indexed({ _id: 1 }, { name: 'x' })],
    ['an index of an unknown field', indexed({ colour: 1, _id: 1 }, { name: 'x' })],
    ['a sparse index', indexed({ size: 1, _id: 1 }, { name: 'x', sparse: true })],
    ['an expiring index', indexed({ size: 1, _id: 1 }, { name: 'x', expireAfterSeconds: 1 })],
    [
      'a partial index',
      indexed({ size: 1, _id: 1 }, { name: 'x', partialFilterExpression: { size: { $gt: 1 } } }),
    ],
    ['a class without a collection', () => new CollectionModel(class Bare extends StoredDocument {})],
    [
      'a field whose type JSON has not',
      () => {
        @modelOptions({ schemaOptions: { collection: 'dated' } })
        class Dated extends StoredDocument {
          @prop({ type: () => Date })
          at?: Date;
        }
        return new CollectionModel(Dated);
      },
    ],
  ])('may not be %s', (_, describeIt) => {
    expect(describeIt).toThrow(TypeError);
  });
});

describe('a document', () => {
  it('is refused with all of its faults at once', () => {
    const bad = {
      ...box({ size: 'x' as never, owner: {} as never, label: { a: [new Map()] } }),
      code: undefined,
      x: 1,
    };
    expect(() => boxes.assertDocument(bad as never)).toThrow(
      'boxes: document b1: code is required; size must be a finite Number; owner.name is required; ' +
        'label.a.0 must be plain data; x is unknown',
    );
  });

  it('is refused as a replacement that does not move its revision on', () => {
    boxes.assertReplacement(box({ revision: 2 }), 1);
    expect(() => boxes.assertReplacement(box({ revision: 2 }), 2)).toThrow(TypeError);
  });

  it('may not be amended in its id or revision', () => {
    expect(boxes.amendment({ size: 1, label: undefined })).toEqual({ size: 1 });
    expect(() => boxes.amendment({ revision: 2 })).toThrow(TypeError);
    expect(() => boxes.amendment({ id: 'b2' })).toThrow(TypeError);
    expect(() => boxes.amendment({ code: null as never })).toThrow('code is required');
  });
});
