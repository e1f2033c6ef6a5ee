package io.hvkit.examples.vmware;

import io.hvkit.core.Secret;
import io.hvkit.vmware.Credentials;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A simulated vCenter in a process of its own, with two hosts, and two datastores in a cluster. */
final class Vcenter implements AutoCloseable {

    static final String CLUSTER = "DC0_POD0";
    private static final String USER = "hvkit@vsphere.local";

    private final Process process;
    private final URI address;
    private final Path certificate;
    private final String password;

    private Vcenter(Process process, URI address, Path certificate, String password) {
        this.process = process;
        this.address = address;
        this.certificate = certificate;
        this.password = password;
    }

    static Vcenter start(Path program, Path certificate) throws IOException {
        byte[] random = new byte[8];
        ThreadLocalRandom.current().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Process process = new ProcessBuilder(
                        program.toString(),
                        "-clustered",
                        "2",
                        "-user",
                        USER,
                        "-password",
                        password,
                        "-certificate",
                        certificate.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (line == null) {
            throw new IOException("the simulated vCenter did not start");
        }
        return new Vcenter(process, URI.create(line), certificate, password);
    }

    Credentials credentials() {
        return Credentials.of(USER, Secret.copyOf(password.getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns what leads to the datacenter; a host or a datastore is named besides. */
    Map<String, String> options() {
        return Map.of("vcenter", address.resolve("/").toString(), "datacenter", "DC0", "ca", certificate.toString());
    }

    /** Returns what the vCenter counts: {@code sessions} and {@code objects} of sessions that are open, and what was {@code abandoned}. */
    int count(String what) throws InterruptedException {
        Matcher found = Pattern.compile("\"" + what + "\":([0-9]+)").matcher(counts());
        if (!found.find()) {
            throw new IllegalStateException("the vCenter counts no " + what);
        }
        return Integer.parseInt(found.group(1));
    }

    private String counts() throws InterruptedException {
        try {
            return HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .sslContext(trust())
                    .build()
                    .send(HttpRequest.newBuilder(address.resolve("/ctl")).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SSLContext trust() throws IOException {
        try (InputStream in = Files.newInputStream(certificate)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry(
                    "vcenter", CertificateFactory.getInstance("X.509").generateCertificate(in));
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends it, by the end of its input, and removes what it left. */
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(certificate);
    }
}
