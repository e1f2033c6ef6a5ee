/** Operations under way, as their callers see them. */
@NullMarked
package io.hvkit.engine.job;

import org.jspecify.annotations.NullMarked;
