package io.hvkit.benchmarks;

import java.util.Optional;

/**
 * The ways to do one thing that are compared.
 *
 * @param ours our way
 * @param plain the plain way: the tools with their defaults, one process a call
 * @param tuned the tools with all that makes them faster
 * @param limit what the machine can
 */
record Ways(Way ours, Optional<Way> plain, Optional<Way> tuned, Optional<Way> limit) {

    static Ways of(Way ours) {
        return new Ways(ours, Optional.empty(), Optional.empty(), Optional.empty());
    }

    Ways plain(Way way) {
        return new Ways(ours, Optional.of(way), tuned, limit);
    }

    Ways tuned(Way way) {
        return new Ways(ours, plain, Optional.of(way), limit);
    }

    Ways limit(Way way) {
        return new Ways(ours, plain, tuned, Optional.of(way));
    }
}
