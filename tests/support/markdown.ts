import { readFileSync } from 'node:fs';

/** A fenced block of a Markdown document. */
export interface CodeBlock {
  /** The headings above it, the outermost first. */
  readonly headings: readonly string[];
  readonly language: string;
  readonly text: string;
}

/** The text of a document, by its path from the root of the project. */
export function readDocument(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** All fenced blocks of a document, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let headings: string[] = [];
  let open: { language: string; lines: string[] } | null = null;
  for (const line of markdown.split('\n')) {
    const fence = /^```(\w*)/.exec(line);
    if (open && fence) {
      blocks.push({ headings, language: open.language, text: open.lines.join('\n') });
      open = null;
    } else if (open) {
      open.lines.push(line);
    } else if (fence) {
      open = { language: fence[1] ?? '', lines: [] };
    } else {
      const [, marks, title] = /^(#+) (.*)$/.exec(line) ?? [];
      if (marks && title) headings = [...headings.slice(0, marks.length - 1), title];
    }
  }
  return blocks;
}

/** The document without its fenced blocks. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** The cells of the table whose header begins with this cell, row by row. */
export function tableRows(markdown: string, firstHeader: string): string[][] {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${firstHeader} `));
  const length = lines.slice(head + 2).findIndex((line) => !line.startsWith('|'));
  return lines.slice(head + 2, head + 2 + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
