// Makes what is generated, under src/gen: messages and services by buf and protoc-gen-es, then one module per area of the
// contract, the list of all services, and which calls may be repeated. It is not committed.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

process.chdir(import.meta.dirname);
execFileSync("node_modules/.bin/buf", ["generate"], { stdio: "inherit", env: { ...process.env, PATH: `node_modules/.bin:${process.env.PATH}` } });

const services = [["operations", "Operations", "./google/longrunning/operations_pb.js"]];
const areas = readdirSync("src/gen/tributary");
for (const area of areas) {
  const files = readdirSync(`src/gen/tributary/${area}/v1`);
  const from = (file) => `./tributary/${area}/v1/${file.replace(/\.ts$/, ".js")}`;
  writeFileSync(`src/gen/${area}.ts`, files.map((file) => `export * from "${from(file)}";\n`).join(""));
  for (const file of files) {
    const text = readFileSync(`src/gen/tributary/${area}/v1/${file}`, "utf8");
    for (const [, name] of text.matchAll(/^export const (\w+)Service: GenService</gm)) {
      services.push([name[0].toLowerCase() + name.slice(1), `${name}Service`, from(file)]);
    }
  }
}
writeFileSync("src/gen/areas.ts", areas.map((area) => `export * as ${area} from "./${area}.js";\n`).join(""));
writeFileSync("src/gen/services.ts", [
  ...services.map(([, service, file]) => `import { ${service} } from "${file}";\n`),
  "\nexport const services = {\n",
  ...services.map(([name, service]) => `  ${name}: ${service},\n`),
  "};\n",
].join(""));

const lines = readFileSync("../repeatable.txt", "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
writeFileSync("src/gen/repeatable.ts", `export const repeatable: ReadonlySet<string> = new Set(${JSON.stringify(lines, null, 2)});\n`);
