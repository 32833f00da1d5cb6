// Runs in <head>, before the first paint: a stored choice of theme and density must not flash.
import { apply, stored } from "./choices";

document.documentElement.classList.add("js");
for (const name of ["theme", "density"] as const) apply(name, stored(name));
