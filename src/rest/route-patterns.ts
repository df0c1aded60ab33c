interface Pattern {
  readonly matches: RegExp;
  readonly methods: Set<string>;
}

/** Remembers the routes of a server, to tell an unknown path from a path with another method. */
export function routePatterns() {
  const patterns = new Map<string, Pattern>();
  return {
    add(url: string, methods: readonly string[]): void {
      const known = patterns.get(url) ?? { matches: patternOf(url), methods: new Set<string>() };
      patterns.set(url, known);
      for (const method of methods) known.methods.add(method);
    },
    /** The methods of the path, sorted; none if no route has it. */
    methodsOf(path: string): string[] {
      const found = [...patterns.values()].filter(({ matches }) => matches.test(path));
      return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
    },
  };
}

function patternOf(url: string): RegExp {
  const text = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:\w+/g, '[^/]+')
    .replaceAll('*', '.*');
  return new RegExp(`^${text}$`);
}
