declare module '*.svelte' {
  import type { Component } from 'svelte'

  const component: Component<{ src: string }>
  export default component
}
