/** What an embedder calls. */
@NullMarked
package io.hvkit.engine;

import org.jspecify.annotations.NullMarked;
