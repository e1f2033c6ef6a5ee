package io.hvkit.engine.key;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** A master key that is derived from a password. */
final class PasswordProvider implements KeyProvider {

    private static final Pattern INSTALLATION = Pattern.compile("[A-Za-z0-9.-]{1,32}");
    private static final int SHORTEST_PASSWORD = 12;

    private final Secret password;
    private final String installation;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Secret derived;

    /** Makes one; the key is derived when it is needed first. */
    PasswordProvider(Secret password, String installation) {
        if (!INSTALLATION.matcher(installation).matches()) {
            throw new IllegalArgumentException(
                    "an installation's name has 1 to 32 letters, digits, dots and dashes: '" + installation + "'");
        }
        if (password.length() < SHORTEST_PASSWORD) {
            throw new IllegalArgumentException("a password that guards every volume has at least " + SHORTEST_PASSWORD
                    + " bytes, not " + password.length());
        }
        this.password = password.copy();
        this.installation = installation;
    }

    @Override
    public String currentMasterKey() {
        return name(masterKey());
    }

    @Override
    public Wrapping wrap(Secret key, String binding) {
        String name = name(masterKey());
        return new Wrapping(name, Envelope.seal(key, masterKey(), name, binding));
    }

    @Override
    public Secret unwrap(Wrapping wrapping, String binding) {
        String name = name(masterKey());
        if (!wrapping.masterKey().equals(name)) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .message(
                            "%s is wrapped by master key %s; this password gives %s: it is another one, or that of another"
                                    + " installation",
                            binding, wrapping.masterKey(), name);
        }
        return Envelope.open(wrapping.bytes(), masterKey(), name, binding);
    }

    /** Returns the key, derived once. */
    private Secret masterKey() {
        lock.lock();
        try {
            Secret known = derived;
            if (known == null) {
                known = derive();
                derived = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            password.close();
            if (derived != null) {
                derived.close();
            }
        } finally {
            lock.unlock();
        }
    }

    private String name(Secret masterKey) {
        return "password:" + installation + ":" + Envelope.fingerprint(masterKey);
    }

    /** PBKDF2 of RFC 8018 for one block, which is all of the key. By hand, as the JDK takes characters and keeps them in a string. */
    private Secret derive() {
        byte[] block = {};
        byte[] sum = {};
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            password.<Boolean, GeneralSecurityException>withArray(bytes -> {
                mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
                return true;
            });
            mac.update(("hvkit " + installation).getBytes(StandardCharsets.US_ASCII));
            block = mac.doFinal(new byte[] {0, 0, 0, 1});
            sum = block.clone();
            for (int i = 1; i < PASSWORD_ITERATIONS; i++) {
                mac.update(block);
                mac.doFinal(block, 0);
                for (int j = 0; j < sum.length; j++) {
                    sum[j] ^= block[j];
                }
            }
            return Secret.copyOf(sum);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC-SHA-256", e);
        } finally {
            Arrays.fill(block, (byte) 0);
            Arrays.fill(sum, (byte) 0);
        }
    }

    @Override
    public String toString() {
        return "KeyProvider[password of " + installation + "]";
    }
}
