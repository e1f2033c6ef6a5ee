package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * A guest's operating system, as it says itself.
 *
 * @param id a short name for programs, such as {@code debian}
 * @param name a name for people
 * @param version its version
 * @param kernel the release of its kernel
 */
@Incubating(since = "0.1")
public record GuestSystem(
        Optional<String> id, Optional<String> name, Optional<String> version, Optional<String> kernel) {}
