package io.hvkit.vmware.internal.soap;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Believes the one certificate whose SHA-1 digest a vCenter told, whoever signed it: hosts sign their own. */
final class LeafThumbprint extends X509ExtendedTrustManager {

    private final String wanted;

    private LeafThumbprint(String thumbprint) {
        this.wanted = thumbprint.replace(":", "").toLowerCase(Locale.ROOT);
    }

    static SSLContext trusting(String thumbprint) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new LeafThumbprint(thumbprint)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        try {
            String seen =
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(chain[0].getEncoded()));
            if (!seen.equals(wanted)) {
                throw new CertificateException(
                        "the host's certificate has the thumbprint " + seen + ", and the vCenter named " + wanted);
            }
        } catch (GeneralSecurityException e) {
            throw e instanceof CertificateException known ? known : new CertificateException(e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
        throw new CertificateException("nobody is served here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket) throws CertificateException {
        throw new CertificateException("nobody is served here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine) throws CertificateException {
        throw new CertificateException("nobody is served here");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
