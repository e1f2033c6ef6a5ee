/** What is asked for of volumes. */
@NullMarked
package io.hvkit.engine.volume;

import org.jspecify.annotations.NullMarked;
