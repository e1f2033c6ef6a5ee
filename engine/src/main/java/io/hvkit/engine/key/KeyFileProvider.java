package io.hvkit.engine.key;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.Optional;

/** Master keys in a file. */
final class KeyFileProvider implements KeyProvider {

    private static final String PREFIX = "file:";

    private final Path file;

    /** Makes one; the file is read when it is needed. */
    KeyFileProvider(Path file) {
        this.file = file;
    }

    @Override
    public String currentMasterKey() {
        try (MasterKeys keys = MasterKeys.read(file)) {
            return name(keys.newest());
        }
    }

    @Override
    public Wrapping wrap(Secret key, String binding) {
        try (MasterKeys keys = MasterKeys.read(file)) {
            String name = name(keys.newest());
            return new Wrapping(name, Envelope.seal(key, keys.newest(), name, binding));
        }
    }

    @Override
    public Secret unwrap(Wrapping wrapping, String binding) {
        String name = wrapping.masterKey();
        try (MasterKeys keys = MasterKeys.read(file)) {
            Secret masterKey = Optional.of(name)
                    .filter(any -> any.startsWith(PREFIX))
                    .flatMap(ours -> keys.find(ours.substring(PREFIX.length())))
                    .orElseThrow(() -> DriverException.because(Failure.BAD_CREDENTIALS)
                            .message("%s is wrapped by master key %s, which is not in %s", binding, name, file));
            return Envelope.open(wrapping.bytes(), masterKey, name, binding);
        }
    }

    private static String name(Secret masterKey) {
        return PREFIX + Envelope.fingerprint(masterKey);
    }

    @Override
    public String toString() {
        return "KeyProvider[" + file + "]";
    }
}
