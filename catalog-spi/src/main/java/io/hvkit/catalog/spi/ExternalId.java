package io.hvkit.catalog.spi;

import java.time.Instant;

/**
 * What something is called where it is: by a driver, an array, a file system.
 *
 * @param driver the id of the type of pool or hypervisor whose word it is
 * @param kind what sort of id it is, such as {@code volume} or {@code path}
 * @param value the id, as opaque as its giver says
 * @param observedAt when it was seen to be so
 */
public record ExternalId(String driver, String kind, String value, Instant observedAt) {}
