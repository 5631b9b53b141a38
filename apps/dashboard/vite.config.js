/** The dashboard as files: one page, one script, one style, each named by what is in it. */
export default {
  root: import.meta.dirname,
  base: '/dashboard/',
  build: { outDir: 'dist/site', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
};
