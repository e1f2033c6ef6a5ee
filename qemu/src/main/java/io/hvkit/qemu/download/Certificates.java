package io.hvkit.qemu.download;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Trust in certificates of a file. */
final class Certificates {

    private Certificates() {}

    /** Returns trust in these certificates and what they signed, and in nothing else. */
    static SSLContext trusted(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s holds no certificate; it takes X.509, in PEM or DER", file);
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("issuer-" + count++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw Failures.ofFile("certificates of " + file + " cannot be read", e);
        } catch (GeneralSecurityException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("%s holds no certificates that can be read: %s; it takes X.509, in PEM or DER", file, e);
        }
    }
}
