/** What an operator offers: kinds of volumes and of machines. */
@NullMarked
package io.hvkit.engine.offering;

import org.jspecify.annotations.NullMarked;
