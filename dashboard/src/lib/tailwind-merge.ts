/**
 * Stands in for the package `tailwind-merge` (an alias in vite.config.ts), which layerchart brings: 8 KB compressed that
 * settle conflicts between classes. Ours never conflict with layerchart's `lc-` ones, so its answer is its input.
 */
export const extendTailwindMerge = () => (classes: string) => classes
