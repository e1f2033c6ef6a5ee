package io.hvkit.kvm.internal.host;

import io.hvkit.qemu.CommandRunner;
import java.util.Optional;

/**
 * Whether programs of the host can be run from here.
 *
 * @param runner what runs them there
 * @param reason if there is none, why; for people
 */
public record HostTools(Optional<CommandRunner> runner, String reason) {

    /** Returns those that a runner runs. */
    public static HostTools by(CommandRunner runner) {
        return new HostTools(Optional.of(runner), "");
    }

    /** Returns that there are none. */
    public static HostTools none(String reason) {
        return new HostTools(Optional.empty(), reason);
    }
}
