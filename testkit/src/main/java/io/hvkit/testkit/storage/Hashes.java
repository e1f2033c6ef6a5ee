package io.hvkit.testkit.storage;

import io.hvkit.core.Secret;
import java.util.Optional;
import java.util.UUID;

/** Tells one key from another without keeping either. */
final class Hashes {

    private Hashes() {}

    static Optional<String> of(Optional<Secret> key) {
        return key.map(secret ->
                secret.withArray(bytes -> UUID.nameUUIDFromBytes(bytes).toString()));
    }
}
