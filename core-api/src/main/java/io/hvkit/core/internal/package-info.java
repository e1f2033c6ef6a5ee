/** What the registries of both SPIs share. No API: it is exported to the SPIs alone. */
@NullMarked
package io.hvkit.core.internal;

import org.jspecify.annotations.NullMarked;
