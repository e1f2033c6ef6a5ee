/** What is asked for of templates. */
@NullMarked
package io.hvkit.engine.template;

import org.jspecify.annotations.NullMarked;
