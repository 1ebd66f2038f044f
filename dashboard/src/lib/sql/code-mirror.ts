/**
 * The editor, loaded when the page is there. It lives in a shadow root, where its styles are adopted by script: the page's
 * security policy allows no style element.
 */
import {
  autocompletion,
  type CompletionContext,
  closeBrackets,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { SQLDialect, sql } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState } from '@codemirror/state'
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { Schema } from './answer.ts'

export interface Editor {
  set(text: string): void
  insert(text: string): void
  complete(schema: Schema): void
  focus(): void
  destroy(): void
}

export interface EditorOptions {
  readonly parent: HTMLElement
  readonly text: string
  readonly label: string
  readonly onChange: (text: string) => void
  readonly onRun: () => void
}

const ClickHouse = SQLDialect.define({
  keywords:
    'select from where group by order having limit offset with as on using join left right inner outer full cross any all anti semi asof array union distinct except intersect and or not in between like ilike is null case when then else end asc desc nulls first last fill to step interpolate over partition rows range window preceding following unbounded current row qualify prewhere final sample rollup cube totals explain describe show tables exists interval global recursive replace columns apply true false',
  types:
    'String UInt8 UInt16 UInt32 UInt64 Int8 Int16 Int32 Int64 Float32 Float64 Decimal Date DateTime DateTime64 UUID Bool Array Nullable LowCardinality Tuple Map',
  backslashEscapes: true,
  identifierQuotes: '`"',
})

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--up)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--down)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--soft)', fontStyle: 'italic' },
  { tag: tags.typeName, color: 'var(--soft)' },
])

const look = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--panel)', height: '100%', fontSize: '0.875rem' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-content': {
    fontFamily: 'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", monospace',
    caretColor: 'var(--ink)',
    padding: '8px 0',
  },
  '.cm-scroller': { overflow: 'auto', lineHeight: '1.4' },
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--soft)', border: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 25%, transparent) !important',
  },
  '.cm-matchingBracket': { backgroundColor: 'var(--wash) !important', outline: '1px solid var(--edge)' },
  '.cm-placeholder': { color: 'var(--soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--ink)', border: '1px solid var(--edge)' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--panel)',
  },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.8', fontStyle: 'normal', marginLeft: '1em' },
  '.cm-completionInfo': { maxWidth: '20rem', padding: '4px 8px' },
})

/** Tables and columns with what they are, then functions. */
function language(schema: Schema | undefined) {
  const tables = Object.fromEntries(
    (schema?.views ?? []).map((view) => [
      view.name,
      view.columns.map(({ name, type, comment }) => ({
        label: name,
        type: 'property',
        detail: type,
        info: comment,
      })),
    ]),
  )
  const names = schema?.functions ?? []
  const every = new Map(
    (schema?.views ?? []).flatMap((view) => view.columns.map((column) => [column.name, column])),
  )
  const columns = [...every.values()].map(({ name, type, comment }) => ({
    label: name,
    type: 'property',
    detail: type,
    info: comment,
    boost: 2,
  }))
  const functions = names.map((label) => ({ label, type: 'function', apply: `${label}(` }))
  const options = [...columns, ...functions]
  const more = (context: CompletionContext) => {
    const word = context.matchBefore(/\w+/)
    if (!word && !context.explicit) return null
    return { from: word?.from ?? context.pos, options, validFor: /^\w*$/ }
  }
  return [
    sql({ dialect: ClickHouse, schema: tables, upperCaseKeywords: true }),
    ClickHouse.language.data.of({ autocomplete: more }),
  ]
}

export function createEditor({ parent, text, label, onChange, onRun }: EditorOptions): Editor {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' })
  const completing = new Compartment()
  const run = () => {
    onRun()
    return true
  }
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        autocompletion(),
        EditorView.lineWrapping,
        placeholder('SELECT … FROM …'),
        keymap.of([
          { key: 'Mod-Enter', run, preventDefault: true },
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        completing.of(language(undefined)),
        syntaxHighlighting(colours),
        look,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
      ],
    }),
  })
  return {
    set: (wanted) => {
      if (wanted !== view.state.doc.toString())
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: wanted } })
    },
    insert: (piece) => {
      view.dispatch(view.state.replaceSelection(piece))
      view.focus()
    },
    complete: (schema) => view.dispatch({ effects: completing.reconfigure(language(schema)) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  }
}
