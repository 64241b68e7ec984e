import { controls } from "./controls.js";
import { form } from "./form.js";
import { layout } from "./layout.js";
import { outline } from "./outline.js";
import { response } from "./response.js";
import { theme } from "./theme.js";

export const styles = [theme, layout, controls, form, outline, response];
