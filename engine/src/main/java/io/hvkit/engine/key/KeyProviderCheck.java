package io.hvkit.engine.key;

import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import io.hvkit.engine.key.KeyProvider.Wrapping;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Looks whether a {@link KeyProvider} keeps its promises, by wrapping keys that open nothing: for the tests of whoever writes one, and for
 * an installation that wants to know before it encrypts its first volume. Changes nothing; takes some hundred calls.
 */
@Incubating(since = "0.1")
public final class KeyProviderCheck {

    private static final String BINDING = "key/check-1";
    private static final String OTHER_BINDING = "key/check-2";
    private static final int TIMES = 20;
    private static final int BITS = 8;

    private final KeyProvider provider;
    private final List<String> broken = new ArrayList<>();

    private KeyProviderCheck(KeyProvider provider) {
        this.provider = provider;
    }

    /**
     * Returns the promises that are broken, in words for people; none if it keeps all.
     *
     * @throws DriverException if the provider does not answer or lets nobody in, for then nobody can tell
     */
    public static List<String> of(KeyProvider provider) throws InterruptedException {
        KeyProviderCheck check = new KeyProviderCheck(provider);
        check.thatKeysComeBack();
        check.thatEachWrappingIsAnother();
        check.thatNothingElseOpens();
        return List.copyOf(check.broken);
    }

    /** Fails as an assertion does if a promise is broken. */
    public static void require(KeyProvider provider) throws InterruptedException {
        List<String> broken = of(provider);
        if (!broken.isEmpty()) {
            throw new AssertionError(provider + " breaks its promises:\n" + String.join("\n", broken));
        }
    }

    private void thatKeysComeBack() throws InterruptedException {
        byte[] chosen = "correct horse battery staple \u00e4\u00f6\u00fc".getBytes(StandardCharsets.UTF_8);
        try (Secret random = Secret.random();
                Secret persons = Secret.copyOf(chosen)) {
            for (Secret key : List.of(random, persons)) {
                Wrapping wrapping = provider.wrap(key, BINDING);
                try (Secret again = provider.unwrap(wrapping, BINDING)) {
                    expect(again.matches(key), "a key comes back as another one");
                    expect(
                            again.strength() == key.strength(),
                            "a key of strength " + key.strength() + " comes back as " + again.strength());
                }
                expect(
                        wrapping.masterKey().equals(provider.currentMasterKey()),
                        "a key is wrapped by " + wrapping.masterKey() + ", and the master key that counts is "
                                + provider.currentMasterKey());
                expect(
                        wrapping.masterKey().matches("[!-~]{1,128}"),
                        "the name of a master key has 1 to 128 visible ASCII characters, not " + wrapping.masterKey());
                expect(!shows(wrapping, key), "the key is in its wrapping");
            }
        }
    }

    private static boolean shows(Wrapping wrapping, Secret key) {
        String hay = new String(wrapping.bytes().bytes(), StandardCharsets.ISO_8859_1);
        return key.withArray(bytes -> {
            byte[] some = bytes;
            for (int from = 0; from + BITS <= some.length; from++) {
                if (hay.contains(new String(some, from, BITS, StandardCharsets.ISO_8859_1))) {
                    return true;
                }
            }
            return false;
        });
    }

    private void thatEachWrappingIsAnother() throws InterruptedException {
        try (Secret key = Secret.random()) {
            Set<WrappedBytes> seen = new HashSet<>();
            for (int i = 0; i < TIMES; i++) {
                seen.add(provider.wrap(key, BINDING).bytes());
            }
            expect(seen.size() == TIMES, "one key, wrapped " + TIMES + " times, gave " + seen.size() + " wrappings");
        }
    }

    private void thatNothingElseOpens() throws InterruptedException {
        try (Secret key = Secret.random()) {
            Wrapping wrapping = provider.wrap(key, BINDING);
            expectRefused(wrapping, OTHER_BINDING, Failure.CORRUPT_DATA, "for another record");
            byte[] bytes = wrapping.bytes().bytes();
            for (int at = 0; at < bytes.length; at++) {
                byte[] changed = bytes.clone();
                changed[at] ^= (byte) (1 << at % BITS);
                expectRefused(with(wrapping, changed), BINDING, Failure.CORRUPT_DATA, "with byte " + at + " changed");
            }
            expectRefused(with(wrapping, new byte[0]), BINDING, Failure.CORRUPT_DATA, "without its bytes");
            Wrapping foreign = new Wrapping(wrapping.masterKey() + "0", wrapping.bytes());
            expectRefused(foreign, BINDING, Failure.BAD_CREDENTIALS, "under the name of another master key");
        }
    }

    private static Wrapping with(Wrapping wrapping, byte[] bytes) {
        return new Wrapping(wrapping.masterKey(), WrappedBytes.of(bytes));
    }

    private void expectRefused(Wrapping wrapping, String binding, Failure wanted, String what)
            throws InterruptedException {
        try {
            provider.unwrap(wrapping, binding).close();
            broken.add("a wrapping opens " + what);
        } catch (DriverException e) {
            if (e.failure() == Failure.UNREACHABLE) {
                throw e;
            }
            expect(
                    e.failure() == wanted,
                    "a wrapping " + what + " is refused as " + e.failure() + ", not as " + wanted);
        } catch (RuntimeException e) {
            broken.add("a wrapping " + what + " is refused by " + e + ", not as " + wanted);
        }
    }

    private void expect(boolean holds, String otherwise) {
        if (!holds) {
            broken.add(otherwise);
        }
    }
}
