package io.hvkit.vmware.internal.simulator;

import io.hvkit.core.Secret;
import io.hvkit.core.internal.Trust;
import io.hvkit.vmware.internal.soap.Account;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/** A simulated vCenter, and what tests tell it to do. */
public final class Vcsim implements AutoCloseable {

    public static final String USER = "hvkit@vsphere.local";
    public static final String PASSWORD = "p<a&s\"s'w>ord-ı";

    private final Process process;
    private final URI sdk;
    private final Path certificate;
    private final HttpClient http;

    private Vcsim(Process process, URI sdk, Path certificate, SSLContext trust) {
        this.process = process;
        this.sdk = sdk;
        this.certificate = certificate;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(trust)
                .build();
    }

    /** Starts one; {@code flags} are those of its program. */
    public static Vcsim start(String... flags) throws InterruptedException {
        Path program = VcsimBuild.program();
        try {
            Path certificate = Files.createTempFile("vcsim", ".pem");
            List<String> command = new ArrayList<>(List.of(
                    program.toString(), "-user", USER, "-password", PASSWORD, "-certificate", certificate.toString()));
            command.addAll(List.of(flags));
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            if (line == null) {
                Files.delete(certificate);
                throw new IllegalStateException("vcsim ended at once with " + process.waitFor());
            }
            return new Vcsim(process, URI.create(line), certificate, Trust.authorities(certificate));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI sdk() {
        return sdk;
    }

    public Path certificate() {
        return certificate;
    }

    /** Returns the SHA-256 fingerprint of its certificate, with colons. */
    public String fingerprint() {
        try (InputStream in = Files.newInputStream(certificate)) {
            byte[] encoded = CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getEncoded();
            return HexFormat.ofDelimiter(":")
                    .withUpperCase()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(encoded));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public Account account() {
        return new Account(USER, Secret.copyOf(PASSWORD.getBytes(StandardCharsets.UTF_8)));
    }

    /** Says what becomes of the next calls of a method; see control.go. */
    public void next(int count, String method, String mode, String fault) {
        control("POST", "?method=" + method + "&mode=" + mode + "&fault=" + encoded(fault) + "&count=" + count);
    }

    /** The next call of a method stalls. */
    public void stall(String method, int ms) {
        control("POST", "?method=" + method + "&mode=stall&ms=" + ms + "&count=1");
    }

    /** The task of the next call of a method takes so long, whoever cancels it. */
    public void stubborn(String method, int ms) {
        control("POST", "?method=" + method + "&mode=stubborn&ms=" + ms + "&count=1");
    }

    /** The answer to the next call of a method is lost, and its task takes so long. */
    public void loseStartOf(String method, int ms) {
        control("POST", "?method=" + method + "&mode=stubbornafter&ms=" + ms + "&count=1");
    }

    /** The answer to the next call of a method is lost, what its session asks next, too, and its task waits for {@link #letGo}. */
    public void loseAndHold(String method) {
        control("POST", "?method=" + method + "&mode=gatedafter&count=1");
    }

    public void letGo() {
        control("POST", "?gates=open");
    }

    /** Lets go on what calls of a method, or their tasks, wait for. */
    public void letGo(String method) {
        control("POST", "?gates=open&of=" + method);
    }

    public void status(String method, int status) {
        control("POST", "?method=" + method + "&mode=http&ms=" + status + "&count=1");
    }

    public void tasksTake(int ms) {
        control("POST", "?taskMs=" + ms);
    }

    /** How long leases last of which nobody tells. */
    public void leasesLast(int ms) {
        control("POST", "?leaseMs=" + ms);
    }

    /** The next call of a method takes so long, and moves a little all the time. */
    public void slow(String method, int ms) {
        control("POST", "?method=" + method + "&mode=slow&ms=" + ms + "&count=1");
    }

    /** What is wrong with the next lease: thumbprint or error; or what it lends besides disks: nvram. */
    public void lease(String trouble) {
        control("POST", "?lease=" + trouble);
    }

    public void deafen(String machine) {
        control("POST", "?deaf=" + encoded(machine));
    }

    /** The next removal of a snapshot of that machine merges nothing. */
    public void stick(String machine) {
        control("POST", "?stuck=" + encoded(machine));
    }

    /** The guest of that machine quiesces when it is asked. */
    public void installTools(String machine) {
        control("POST", "?tools=" + encoded(machine));
    }

    /** Returns how many tasks of a method, or of one on a host as {@code METHOD@HOST}, ran at once at most. */
    public int most(String what) {
        Matcher found = Pattern.compile("[ \"]" + what + "=([0-9]+)")
                .matcher(control("GET", "").replaceFirst(".*\"most\":", ""));
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }

    /** Tickets for screens lead there, in XML, or {@code nothing} says where. */
    public void ticketsSay(String where) {
        control("POST", "?ticketSays=" + encoded(where));
    }

    /** Returns the ticket for a screen that was given last. */
    public String lastTicket() {
        return control("GET", "?ticket=last");
    }

    public void killSessions() {
        control("POST", "?kill=sessions");
    }

    /** Makes that many of a hundred calls fail, or lose their answer or their session. */
    public void chaos(int percent, long seed) {
        control("POST", "?chaos=" + percent + "&seed=" + seed);
    }

    public void takeUuidOf(String file) {
        control("POST", "?noUuid=" + encoded(file));
    }

    /** Gives a disk's file another UUID, in machines that have it, too. */
    public void giveUuid(String file, String uuid) {
        control("POST", "?noUuid=" + encoded(file) + "&uuid=" + uuid);
    }

    public void move(String file, String to) {
        control("POST", "?move=" + encoded(file) + "&to=" + encoded(to));
    }

    public void reset() {
        control("DELETE", "");
    }

    /** Returns how often a method was called. */
    public int calls(String method) {
        Matcher found = Pattern.compile("[ \"]" + method + "=([0-9]+)").matcher(control("GET", ""));
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }

    /** Returns how often a method was carried out, whether or not anybody heard of it. */
    public int done(String method) {
        Matcher found = Pattern.compile("[ \"]" + method + "=([0-9]+)")
                .matcher(control("GET", "").replaceFirst(".*\"done\":", "").replaceFirst(",.*", ""));
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }

    /**
     * Returns one of the counts: peak, lost, tokens, leases, sessions; calls that are waiting; polls that were quiet or truncated; objects of sessions now, those that were abandoned by who knew of
     * them when it logged out, and unheard of since their answers were lost.
     */
    public int count(String what) {
        return number(control("GET", ""), what);
    }

    /** Returns where it keeps a file of a datastore. */
    public String local(String file) {
        return control("GET", "?local=" + encoded(file));
    }

    /** Somebody suspends a machine. */
    public void suspend(String machine) {
        control("POST", "?suspend=" + encoded(machine));
    }

    /** A machine is just being made, so that nothing is known of it but its name; or, asked again, has been. */
    public void makeOf(String machine) {
        control("POST", "?half=" + encoded(machine));
    }

    /** The same, at a moment when nobody knows yet which datastores it will have files on. */
    public void beginToMake(String machine) {
        control("POST", "?state=unplaced&half=" + encoded(machine));
    }

    /** Says how well a machine is reached, such as {@code disconnected} or {@code connected}. */
    public void connection(String machine, String state) {
        control("POST", "?connection=" + encoded(machine) + "&state=" + state);
    }

    /** The files of a machine are out of reach, so that nothing is known of it but its name; or, asked again, are not. */
    public void loseSightOf(String machine) {
        control("POST", "?state=inaccessible&half=" + encoded(machine));
    }

    /** Lets machines write to a layer over a disk from now on, as after a snapshot. */
    public void layerOver(String file) {
        control("POST", "?over=" + encoded(file));
    }

    /** Changes what a datastore says of itself: accessible, mode, type, mounted. */
    public void datastore(String name, String what, String value) {
        control("POST", "?datastore=" + encoded(name) + "&" + what + "=" + encoded(value));
    }

    /** Returns the bytes of a disk's file. */
    public long bytesOf(String file) {
        return longNumber(control("GET", "?file=" + encoded(file)), "Bytes");
    }

    private static int number(String json, String name) {
        return Math.toIntExact(longNumber(json, name));
    }

    private static long longNumber(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":([0-9]+)").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no " + name + " in " + json);
        }
        return Long.parseLong(found.group(1));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private String control(String method, String query) {
        try {
            return http.send(
                            HttpRequest.newBuilder(sdk.resolve("/ctl" + query))
                                    .method(method, HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends it, by the end of its input, and removes what it left. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("vcsim does not end with its input");
            }
            Files.delete(certificate);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
