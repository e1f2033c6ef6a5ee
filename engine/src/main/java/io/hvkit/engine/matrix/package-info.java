/** What can be done to volumes, encrypted or not, where, and while who uses them; and why not. */
@NullMarked
package io.hvkit.engine.matrix;

import org.jspecify.annotations.NullMarked;
