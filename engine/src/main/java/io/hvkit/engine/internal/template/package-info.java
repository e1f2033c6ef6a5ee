/** What is done to templates, step by step. */
@NullMarked
package io.hvkit.engine.internal.template;

import org.jspecify.annotations.NullMarked;
