package com.acme.vault;

import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.engine.key.KeyProvider;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Master keys that never leave a Vault: its Transit engine wraps and unwraps. The binding is the associated data of each call, so what was
 * wrapped for one record is not unwrapped for another. After {@code vault write -f transit/keys/NAME/rotate} new keys are wrapped by the
 * new version; {@code hvkit.keys().rewrap()} does the rest, and then {@code min_decryption_version} may be raised.
 *
 * <p>The key must be there and of a type with associated data, such as {@code aes256-gcm96}: encrypting with one that is not there would make
 * it. The token needs {@code read} on {@code MOUNT/keys/NAME} and {@code update} on {@code MOUNT/encrypt/NAME} and {@code MOUNT/decrypt/NAME}.
 *
 * <p>Keys are on the wire to Vault, so that is HTTPS. Here they are in arrays that are zeroed; what the JDK's client keeps of them, and of the
 * token, which it takes as a string, is not in our hands.
 */
public final class VaultTransitProvider implements KeyProvider {

    private static final Set<String> WITH_ASSOCIATED_DATA =
            Set.of("aes128-gcm96", "aes256-gcm96", "chacha20-poly1305");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,40}");
    private static final byte RANDOM = 1;
    private static final byte UNKNOWN = 2;

    private final Vault vault;
    private final String mount;
    private final String key;

    /**
     * Makes a provider; asks nothing yet. The vault is closed with it.
     *
     * @param mount where the Transit engine is mounted, {@code transit} as a rule
     * @param key the name of the key there; always the same one
     */
    public VaultTransitProvider(Vault vault, String mount, String key) {
        for (String name : new String[] {mount, key}) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "mounts and keys here have 1 to 40 letters, digits, dots, dashes and underscores: '" + name + "'");
            }
        }
        this.vault = vault;
        this.mount = mount;
        this.key = key;
    }

    /** What Vault says of the key: its versions, the oldest that decrypts, the newest, which encrypts. */
    private record Versions(int oldest, int newest) {}

    private Versions versions() throws InterruptedException {
        Vault.Answer answer = vault.get(mount + "/keys/" + key);
        if (answer.status() == Vault.NOT_FOUND) {
            throw refused(Failure.NOT_FOUND)
                    .message("Vault has no key %s/%s; make it: vault write -f %s/keys/%s", mount, key, mount, key);
        }
        answer.requireOk("tell of key " + key);
        String type = answer.text("type");
        if (!WITH_ASSOCIATED_DATA.contains(type)) {
            throw refused(Failure.UNSUPPORTED)
                    .message(
                            "key %s/%s is of type %s, which binds nothing to its record; use one of %s",
                            mount, key, type, WITH_ASSOCIATED_DATA);
        }
        return new Versions(answer.number("min_decryption_version"), answer.number("latest_version"));
    }

    @Override
    public String currentMasterKey() throws InterruptedException {
        return name(versions().newest);
    }

    private String name(int version) {
        return "vault:" + mount + "/" + key + ":v" + version;
    }

    @Override
    public Wrapping wrap(Secret secret, String binding) throws InterruptedException {
        Versions known = versions(); // it is there, or encrypting would make it
        byte[] plain = marked(secret);
        byte[] encoded = Base64.getEncoder().encode(plain);
        try (Vault.Answer answer = vault.post(
                mount + "/encrypt/" + key, Vault.field("plaintext", encoded), associated(binding))) {
            answer.requireOk("encrypt with key " + key);
            Matcher text = Pattern.compile("vault:v(\\d{1,9}):(.*)").matcher(answer.text("ciphertext"));
            if (!text.matches() || Integer.parseInt(text.group(1)) < known.newest) {
                throw refused(Failure.DEFECT).message("Vault's ciphertext for %s is not as Transit makes it", binding);
            }
            byte[] bytes = Base64.getDecoder().decode(text.group(2));
            return new Wrapping(name(Integer.parseInt(text.group(1))), WrappedBytes.of(bytes));
        } finally {
            Arrays.fill(plain, (byte) 0);
            Arrays.fill(encoded, (byte) 0);
        }
    }

    @Override
    public Secret unwrap(Wrapping wrapping, String binding) throws InterruptedException {
        int version = version(wrapping, binding);
        String text =
                "vault:v" + version + ":" + Base64.getEncoder().encodeToString(wrapping.bytes().bytes());
        try (Vault.Answer answer = vault.post(
                mount + "/decrypt/" + key,
                Vault.field("ciphertext", text.getBytes(StandardCharsets.US_ASCII)),
                associated(binding))) {
            if (answer.status() == Vault.BAD_REQUEST) {
                throw refusal(version, wrapping, binding, answer);
            }
            answer.requireOk("decrypt with key " + key);
            byte[] encoded = answer.bytes("plaintext");
            byte[] plain = Base64.getDecoder().decode(encoded);
            try {
                return unmarked(plain, binding);
            } finally {
                Arrays.fill(encoded, (byte) 0);
                Arrays.fill(plain, (byte) 0);
            }
        }
    }

    private int version(Wrapping wrapping, String binding) {
        Matcher named = Pattern.compile(Pattern.quote("vault:" + mount + "/" + key + ":v") + "(\\d{1,9})")
                .matcher(wrapping.masterKey());
        if (!named.matches()) {
            throw refused(Failure.BAD_CREDENTIALS)
                    .message(
                            "%s is wrapped by master key %s; this provider has %s/%s of a Vault",
                            binding, wrapping.masterKey(), mount, key);
        }
        return Integer.parseInt(named.group(1));
    }

    /** Vault says no more than that it is a bad request; whether it has that version tells the reasons apart. */
    private DriverException refusal(int version, Wrapping wrapping, String binding, Vault.Answer answer)
            throws InterruptedException {
        Versions known = versions();
        if (version < known.oldest || version > known.newest) {
            return refused(Failure.BAD_CREDENTIALS)
                    .message(
                            "%s is wrapped by master key %s; Vault decrypts with versions %d to %d: see min_decryption_version",
                            binding, wrapping.masterKey(), known.oldest, known.newest);
        }
        return refused(Failure.CORRUPT_DATA)
                .message("the wrapped key of %s was changed, or belongs to something else: %s", binding, answer.errors());
    }

    private static byte[] associated(String binding) {
        byte[] bytes = binding.getBytes(StandardCharsets.UTF_8);
        return Vault.field("associated_data", Base64.getEncoder().encode(bytes));
    }

    /** How hard a key is to guess travels with it, under the same seal. */
    private static byte[] marked(Secret secret) {
        ByteBuffer marked = ByteBuffer.allocate(1 + secret.length())
                .put(secret.strength() == Secret.Strength.RANDOM ? RANDOM : UNKNOWN);
        return secret.use(bytes -> marked.put(bytes).array());
    }

    private static Secret unmarked(byte[] plain, String binding) {
        if (plain.length < 2 || (plain[0] != RANDOM && plain[0] != UNKNOWN)) {
            throw refused(Failure.CORRUPT_DATA).message("what Vault decrypted for %s is no wrapped key", binding);
        }
        byte[] raw = Arrays.copyOfRange(plain, 1, plain.length);
        try {
            return plain[0] == RANDOM ? Secret.copyOfRandom(raw) : Secret.copyOf(raw);
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    private static DriverException.Draft refused(Failure failure) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED);
    }

    @Override
    public void close() {
        vault.close();
    }

    @Override
    public String toString() {
        return "VaultTransitProvider[" + mount + "/" + key + " at " + vault + "]";
    }
}
