/** The page that says how to get to the real browser: it only needs its link copied. */

import "../elements/copy.js";
import { language } from "../model/language.js";

await language.begin(document.documentElement.lang);
