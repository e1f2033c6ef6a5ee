/** Dialects, mappings and scripts. No API. */
@NullMarked
package io.hvkit.catalog.jdbc.internal;

import org.jspecify.annotations.NullMarked;
