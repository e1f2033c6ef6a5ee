/** What the contracts of all SPIs share: waivers, reports, and how cases are run. */
@NullMarked
package io.hvkit.testkit.contract;

import org.jspecify.annotations.NullMarked;
