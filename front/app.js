// Everything here is an addition: each page works without it.
import "./js/trusted.js";
import "htmx.org/dist/htmx.esm.js";

import { guardSubmits } from "./js/submits.js";
import { saveDrafts } from "./js/drafts.js";
import { warnOnLeaving } from "./js/leaving.js";
import { focusProblems } from "./js/problems.js";
import { announceChanges } from "./js/announce.js";
import { noticeLock } from "./js/lock.js";
import { askAnew } from "./js/asked.js";

guardSubmits(document);
warnOnLeaving(document);
saveDrafts(document);
noticeLock(document);
askAnew(document);
announceChanges(document);
focusProblems(document);
