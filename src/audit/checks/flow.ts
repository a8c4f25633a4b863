/**
 * Whether every way through a function passes an assertion. A small abstract interpretation over statements: what may
 * come out of each without having asserted. Callbacks that are called in place count, those of timers and events do not.
 */
import { type Family, named, type SyntaxNode } from '../syntax/node.ts';
import type { Asserting } from './asserting.ts';
import { certainlyRuns } from './loops.ts';

/** Ways out of a statement on which nothing has been asserted. */
interface Bare {
  /** on to the next statement */
  readonly through: boolean;
  /** out of the function */
  readonly exits: boolean;
  /** out of the loop or the switch around it */
  readonly breaks: boolean;
}

const NONE: Bare = { through: false, exits: false, breaks: false };
const THROUGH: Bare = { through: true, exits: false, breaks: false };

/** @param body of a function: a block, or the expression of an arrow function */
export function assertsOnEveryPath(body: SyntaxNode, asserting: Asserting): boolean {
  if (!isBlock(body)) return asserting.expression(body);
  const { through, exits } = new Flow(asserting).block(body);
  return !through && !exits;
}

const isBlock = (node: SyntaxNode): boolean => node.kind() === 'statement_block' || node.kind() === 'block';

class Flow {
  readonly #asserting: Asserting;
  readonly #family: Family;

  constructor(asserting: Asserting) {
    this.#asserting = asserting;
    this.#family = asserting.family;
  }

  block(block: SyntaxNode): Bare {
    return this.#sequence(named(block));
  }

  #sequence(statements: readonly SyntaxNode[]): Bare {
    let exits = false;
    let breaks = false;
    for (const statement of statements) {
      const bare = this.#statement(statement);
      exits ||= bare.exits;
      breaks ||= bare.breaks;
      if (!bare.through) return { through: false, exits, breaks };
    }
    return { through: true, exits, breaks };
  }

  #statement(node: SyntaxNode): Bare {
    switch (node.kind()) {
      case 'statement_block':
      case 'block':
        return this.block(node);
      case 'throw_statement':
      case 'raise_statement':
        return NONE;
      case 'return_statement':
        return this.#asserting.expression(node) ? NONE : { through: false, exits: true, breaks: false };
      case 'break_statement':
      case 'continue_statement':
        return { through: false, exits: false, breaks: true };
      case 'if_statement':
        return this.#branches(node);
      case 'for_statement':
      case 'for_in_statement':
      case 'while_statement':
      case 'do_statement':
        return this.#loop(node);
      case 'try_statement':
        return this.#attempt(node);
      case 'switch_statement':
        return this.#cases(node);
      case 'match_statement':
        return this.#matches(node);
      case 'with_statement':
        return this.#with(node);
      case 'labeled_statement':
        return this.#sequence(named(node).filter((child) => child.kind() !== 'statement_identifier'));
      case 'function_declaration':
      case 'function_definition':
      case 'decorated_definition':
      case 'class_declaration':
      case 'class_definition':
        return THROUGH;
      default:
        return this.#asserting.expression(node) ? NONE : THROUGH;
    }
  }

  #branches(node: SyntaxNode): Bare {
    const condition = node.field('condition');
    if (condition !== null && this.#asserting.expression(condition)) return NONE;
    const consequence = node.field('consequence');
    const ways = [consequence === null ? THROUGH : this.#statement(consequence)];
    const others = node.children().filter((child) => /^(else_clause|elif_clause)$/.test(child.kind()));
    let closed = false;
    for (const other of others) {
      closed ||= other.kind() === 'else_clause';
      const body = other.field('consequence') ?? other.field('body') ?? named(other).at(-1);
      ways.push(body == null ? THROUGH : this.#statement(body));
    }
    return either(closed ? ways : [...ways, THROUGH]);
  }

  #loop(node: SyntaxNode): Bare {
    const body = node.field('body');
    const inside = body === null ? THROUGH : this.#statement(body);
    const runs = node.kind() === 'do_statement' || certainlyRuns(node, this.#family);
    const heads = ['left', 'right', 'initializer', 'condition'].map((name) => node.field(name));
    if (heads.some((head) => head !== null && this.#asserting.expression(head))) return NONE;
    return { through: !runs || inside.through || inside.breaks, exits: inside.exits, breaks: false };
  }

  #attempt(node: SyntaxNode): Bare {
    const parts = node.children();
    const last = parts.find((part) => part.kind() === 'finally_clause');
    const finish = last === undefined ? THROUGH : this.#inner(last);
    if (!finish.through && !finish.exits) return NONE;
    const body = node.field('body');
    const tried = body === null ? THROUGH : this.#statement(body);
    const otherwise = parts.find((part) => part.kind() === 'else_clause');
    const done =
      otherwise !== undefined && tried.through ? { ...this.#inner(otherwise), exits: tried.exits } : tried;
    const caught = parts.filter((part) =>
      /^(catch_clause|except_clause|except_group_clause)$/.test(part.kind()),
    );
    return either([done, ...caught.map((part) => this.#inner(part))]);
  }

  /** The block of a clause. */
  #inner(clause: SyntaxNode): Bare {
    const block = clause.field('body') ?? named(clause).findLast(isBlock);
    return block == null ? THROUGH : this.#statement(block);
  }

  #cases(node: SyntaxNode): Bare {
    const sections = named(node.field('body') ?? node);
    const closed = sections.some((section) => section.kind() === 'switch_default');
    let behind: Bare = THROUGH;
    const ways: Bare[] = [];
    // From the last to the first: what falls through goes on in the next.
    for (const section of [...sections].reverse()) {
      const value = section.field('value');
      const own = this.#sequence(
        named(section).filter((child) => value === null || child.id() !== value.id()),
      );
      behind = {
        through: own.breaks || (own.through && behind.through),
        exits: own.exits || (own.through && behind.exits),
        breaks: false,
      };
      ways.push(behind);
    }
    return either(closed ? ways : [...ways, THROUGH]);
  }

  #matches(node: SyntaxNode): Bare {
    const clauses = node.findAll({ rule: { kind: 'case_clause' } });
    const closed = clauses.some((clause) => /^case\s+_\s*:/.test(clause.text()));
    const ways = clauses.map((clause) => {
      const body = clause.field('consequence') ?? named(clause).findLast(isBlock);
      return body == null ? THROUGH : this.#statement(body);
    });
    return either(closed ? ways : [...ways, THROUGH]);
  }

  #with(node: SyntaxNode): Bare {
    const body = node.field('body');
    const heads = named(node).filter((child) => !isBlock(child));
    if (heads.some((head) => this.#asserting.expression(head))) return NONE;
    return body === null ? THROUGH : this.#statement(body);
  }
}

const either = (ways: readonly Bare[]): Bare => ({
  through: ways.some(({ through }) => through),
  exits: ways.some(({ exits }) => exits),
  breaks: ways.some(({ breaks }) => breaks),
});
