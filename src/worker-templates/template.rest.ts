import { listRoute, objectRoute, type RouteTable } from '../rest/route.js';
import { createTemplate } from './create-template.js';
import { getTemplate, getTemplateByName } from './get-template.js';
import { listTemplates } from './list-templates.js';
import { reloadTemplates } from './reload-templates.js';
import { selectTemplate } from './select-template.js';
import { updateTemplate } from './update-template.js';

const shows = 'WorkerTemplate';

export const templateRoutes: RouteTable = {
  tag: 'templates',
  description: 'Recipes for kinds of workers.',
  leavesOut: {},
  routes: [
    listRoute(
      {
        path: '/templates',
        operation: listTemplates,
        lists: shows,
        query: { enabled: 'enabled' },
      },
      { operation: getTemplateByName, query: { name: 'name' } },
    ),
    objectRoute({
      method: 'POST',
      path: '/templates',
      operation: createTemplate,
      takesBody: true,
      creates: true,
      shows,
      from: ({ template }) => template,
      errors: ['ALREADY_EXISTS', 'PORT_OUT_OF_RANGE'],
    }),
    objectRoute({
      method: 'POST',
      path: '/templates/reload',
      operation: reloadTemplates,
      takesBody: true,
      shows: 'TemplateReport',
      from: ({ report: { file, at, templates, fault } }) => ({
        file,
        loadedAt: at,
        templates,
        fault: fault && { message: fault.message, ...fault.details },
      }),
      errors: ['TEMPLATE_FILE_INVALID'],
    }),
    objectRoute({
      method: 'POST',
      path: '/templates/select',
      operation: selectTemplate,
      takesBody: true,
      shows: 'TemplateSelection',
      from: (selection) => selection,
      errors: ['NOT_FOUND', 'NO_TEMPLATE_FITS'],
    }),
    objectRoute({
      method: 'GET',
      path: '/templates/{id}',
      operation: getTemplate,
      shows,
      from: (template) => template,
    }),
    objectRoute({
      method: 'PATCH',
      path: '/templates/{id}',
      operation: updateTemplate,
      takesBody: true,
      shows,
      from: ({ template }) => template,
      errors: ['PORT_OUT_OF_RANGE'],
    }),
  ],
};
