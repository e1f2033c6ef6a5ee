package io.hvkit.powerflex.simulator.internal.gateway;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for loopback that vouches for itself, made anew, or kept. The JDK has no call that makes one, and starting
 * keytool takes longer than all else here; so the few fields are written down in DER.
 *
 * @param server what a server takes
 * @param client what a client takes that trusts this certificate alone
 */
public record SelfSigned(X509Certificate certificate, SSLContext server, SSLContext client) {

    private static final String ALIAS = "gateway";
    private static final char[] NO_PASSWORD = new char[0];
    private static final int SEQUENCE = 0x30;
    private static final byte[] ECDSA_WITH_SHA256 = {0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 4, 3, 2};
    private static final byte[] COMMON_NAME = {0x06, 0x03, 0x55, 0x04, 0x03};
    private static final byte[] ALTERNATIVE_NAME = {0x06, 0x03, 0x55, 0x1d, 0x11};
    private static final byte[] BASIC_CONSTRAINTS = {0x06, 0x03, 0x55, 0x1d, 0x13};
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    /** Makes one for {@code localhost}, 127.0.0.1 and ::1, good for ten years. */
    public static SelfSigned make() {
        try {
            KeyPair pair = keys();
            X509Certificate certificate = certificate(pair);
            return new SelfSigned(certificate, server(store(pair, certificate)), client(certificate));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java makes no certificate", e);
        }
    }

    /** Returns the one that a file keeps; if there is none, makes one and keeps it there, for its owner alone. */
    public static SelfSigned keptIn(Path file) {
        try {
            if (Files.exists(file)) {
                KeyStore store = KeyStore.getInstance("PKCS12");
                try (InputStream in = Files.newInputStream(file)) {
                    store.load(in, NO_PASSWORD);
                }
                X509Certificate certificate = (X509Certificate) store.getCertificate(ALIAS);
                return new SelfSigned(certificate, server(store), client(certificate));
            }
            KeyPair pair = keys();
            X509Certificate certificate = certificate(pair);
            KeyStore store = store(pair, certificate);
            Path fresh = file.resolveSibling("." + file.getFileName());
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (OutputStream out = Files.newOutputStream(fresh)) {
                store.store(out, NO_PASSWORD);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            return new SelfSigned(certificate, server(store), client(certificate));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("the certificate cannot be kept in " + file, e);
        }
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(KeyPair pair) throws GeneralSecurityException {
        byte[] content = content(pair);
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate());
        signature.update(content);
        byte[] bits = der(0x03, new byte[] {0}, signature.sign());
        byte[] whole = der(SEQUENCE, content, der(SEQUENCE, ECDSA_WITH_SHA256), bits);
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
    }

    private static byte[] content(KeyPair pair) {
        Instant begin = Instant.now().minus(Duration.ofDays(1));
        byte[] name = der(SEQUENCE, der(0x31, der(SEQUENCE, COMMON_NAME, text(0x0c, "localhost"))));
        byte[] validity = der(
                SEQUENCE, text(0x17, TIME.format(begin)), text(0x17, TIME.format(begin.plus(Duration.ofDays(3650)))));
        byte[] names =
                der(SEQUENCE, text(0x82, "localhost"), der(0x87, new byte[] {127, 0, 0, 1}), der(0x87, new byte[] {
                    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
                }));
        byte[] authority = der(SEQUENCE, der(0x01, new byte[] {(byte) 0xff}));
        byte[] extensions = der(
                0xa3,
                der(
                        SEQUENCE,
                        der(SEQUENCE, ALTERNATIVE_NAME, der(0x04, names)),
                        der(SEQUENCE, BASIC_CONSTRAINTS, der(0x01, new byte[] {(byte) 0xff}), der(0x04, authority))));
        return der(
                SEQUENCE,
                der(0xa0, der(0x02, new byte[] {2})),
                der(
                        0x02,
                        new BigInteger(63, new SecureRandom())
                                .add(BigInteger.ONE)
                                .toByteArray()),
                der(SEQUENCE, ECDSA_WITH_SHA256),
                name,
                validity,
                name,
                pair.getPublic().getEncoded(),
                extensions);
    }

    private static byte[] text(int tag, String text) {
        return der(tag, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream inside = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            inside.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = inside.size();
        if (length > 0xff) {
            out.write(0x82);
            out.write(length >> 8);
        } else if (length > 0x7f) {
            out.write(0x81);
        }
        out.write(length & 0xff);
        out.writeBytes(inside.toByteArray());
        return out.toByteArray();
    }

    private static KeyStore store(KeyPair pair, X509Certificate certificate)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(ALIAS, pair.getPrivate(), NO_PASSWORD, new X509Certificate[] {certificate});
        return store;
    }

    private static SSLContext server(KeyStore store) throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, NO_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static SSLContext client(X509Certificate certificate) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("gateway", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
