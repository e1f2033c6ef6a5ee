/** The quick start of the engine: machines, templates and volumes. */
@NullMarked
package io.hvkit.examples.engine;

import org.jspecify.annotations.NullMarked;
