/** The REST gateway: sessions, calls, refusals. */
@NullMarked
package io.hvkit.scaleio.internal.gateway;

import org.jspecify.annotations.NullMarked;
