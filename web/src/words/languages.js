// The languages of the page. Another one is a file like en.js and a line here; what it lacks is
// said in English, and test/web names it.

import * as de from "./de.js";
import * as en from "./en.js";

export const languages = { en, de };
