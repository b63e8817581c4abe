// Runs all examples, one after another.
import { readdirSync } from "node:fs";

for (const file of readdirSync(import.meta.dirname).sort()) {
  if (file.endsWith(".js") && file !== "all.js") {
    const begun = performance.now();
    console.log(`== ${file}`);
    await import(`./${file}`);
    console.log(`   ${Math.round(performance.now() - begun)} ms`);
  }
}
