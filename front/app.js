// Everything here is an addition: each page works without it.
import "./js/trusted.js";
import "htmx.org/dist/htmx.esm.js";

import { guardSubmits } from "./js/submits.js";
import { goToAcuteSteps } from "./js/acute.js";
import { saveDrafts } from "./js/drafts.js";
import { offerQuickChoices } from "./js/quick.js";
import { warnOnLeaving } from "./js/leaving.js";
import { focusProblems } from "./js/problems.js";
import { announceChanges } from "./js/announce.js";
import { noticeLock } from "./js/lock.js";
import { askAnew } from "./js/asked.js";
import { offerPasskeys } from "./js/passkeys.js";
import { showPresentTab } from "./js/tabs.js";
import { closeOnEscape } from "./js/panic.js";

// Who holds a form back is asked before whoever counts on it being gone.
saveDrafts(document);
guardSubmits(document);
warnOnLeaving(document);
noticeLock(document);
askAnew(document);
offerPasskeys(document);
closeOnEscape(document);
announceChanges(document);
offerQuickChoices(document);
showPresentTab(document);
goToAcuteSteps(document);
focusProblems(document);
