/** What several packages of the engine share. */
@NullMarked
package io.hvkit.engine.internal;

import org.jspecify.annotations.NullMarked;
