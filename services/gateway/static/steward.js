// What the pages of staff do beyond links and forms. Every page works without it.
"use strict";
