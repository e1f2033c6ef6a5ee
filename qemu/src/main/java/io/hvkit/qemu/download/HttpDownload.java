package io.hvkit.qemu.download;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Sha256;
import io.hvkit.qemu.inspect.FileFormat;
import io.hvkit.qemu.inspect.ImagePolicy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * Fetches images over HTTP and HTTPS to files and block devices of this host. {@link #fetch(URI, Sha256, Attachment)} is what the
 * SPI of hypervisors asks of a direct download, so a driver returns {@code Optional.of(HttpDownload.into(directory)::fetch)}.
 *
 * <p>Without more words it takes templates of up to 2 TiB, trusts whom the JVM trusts, waits a minute for a server that sends
 * nothing and twelve hours for all of an image, and gives up when five tries brought nothing new. Immutable; every change is
 * another value. Safe for any number of threads. It starts no thread and uses no proxy.
 */
@Incubating(since = "0.1")
public final class HttpDownload {

    private static final int USUAL_ATTEMPTS = 5;
    private static final Duration USUAL_STALL = Duration.ofMinutes(1);
    private static final Duration USUAL_LIMIT = Duration.ofHours(12);
    private static final Duration USUAL_PAUSE = Duration.ofMillis(250);

    private final DownloadSettings settings;

    private HttpDownload(DownloadSettings settings) {
        this.settings = settings;
    }

    /**
     * Returns downloads to files below a directory and no others, and to block devices, for which images are gathered in that
     * directory.
     */
    public static HttpDownload into(Path directory) {
        return of(Optional.of(directory.toAbsolutePath()), directory.toAbsolutePath());
    }

    /** Returns downloads to any file, and to block devices, for which images are gathered in {@code staging}. */
    public static HttpDownload anywhere(Path staging) {
        return of(Optional.empty(), staging.toAbsolutePath());
    }

    private static HttpDownload of(Optional<Path> folder, Path staging) {
        return new HttpDownload(new DownloadSettings(
                folder,
                staging,
                Optional.empty(),
                ImagePolicy.forTemplates(),
                ByteSize.tebibytes(2),
                USUAL_STALL,
                USUAL_LIMIT,
                USUAL_ATTEMPTS,
                USUAL_PAUSE));
    }

    /** Returns this with other trust in servers than the JVM's. Names of hosts are always checked. */
    public HttpDownload trusting(SSLContext context) {
        DownloadSettings s = settings;
        return new HttpDownload(new DownloadSettings(
                s.folder(),
                s.staging(),
                Optional.of(context),
                s.policy(),
                s.largest(),
                s.stall(),
                s.whole(),
                s.attempts(),
                s.pause()));
    }

    /**
     * Returns this with trust in the certificates of a file, in PEM or DER, and in what they signed, and in nothing else.
     *
     * @throws DriverException with {@code NOT_FOUND} if it is not there, {@code INVALID_REQUEST} if it holds no certificate
     */
    public HttpDownload trusting(Path certificates) {
        return trusting(Certificates.trusted(certificates));
    }

    /** Returns this for images that another policy takes than {@link ImagePolicy#forTemplates}. */
    public HttpDownload accepting(ImagePolicy policy) {
        DownloadSettings s = settings;
        return new HttpDownload(new DownloadSettings(
                s.folder(),
                s.staging(),
                s.given(),
                policy,
                s.largest(),
                s.stall(),
                s.whole(),
                s.attempts(),
                s.pause()));
    }

    /** Returns this for images of these formats alone, which a type's templates come in; otherwise the policy stays. */
    public HttpDownload taking(ImageFormat first, ImageFormat... more) {
        Set<ImageFormat> formats = EnumSet.of(first, more);
        List<FileFormat> all = Arrays.stream(FileFormat.values())
                .filter(format -> format != FileFormat.ISO)
                .filter(format -> format.imageFormat().filter(formats::contains).isPresent())
                .toList();
        return accepting(settings.policy().taking(all.get(0), all.toArray(FileFormat[]::new)));
    }

    /** Returns this for images of at most so many bytes, as they come over the wire. */
    public HttpDownload upTo(ByteSize largest) {
        DownloadSettings s = settings;
        return new HttpDownload(new DownloadSettings(
                s.folder(),
                s.staging(),
                s.given(),
                s.policy(),
                largest,
                s.stall(),
                s.whole(),
                s.attempts(),
                s.pause()));
    }

    /**
     * Returns this with another wait for a server that sends nothing; then it is asked again for the rest.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is not positive
     */
    public HttpDownload standingStill(Duration atMost) {
        requirePositive(atMost);
        return timed(atMost, settings.whole());
    }

    /**
     * Returns this with another limit for the whole of a call, which fails with {@code TIMED_OUT} then.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is not positive
     */
    public HttpDownload within(Duration limit) {
        requirePositive(limit);
        return timed(settings.stall(), limit);
    }

    /**
     * Returns this, giving up when so many tries brought nothing new.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is less than one
     */
    public HttpDownload trying(int times) {
        if (times < 1) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a server is tried once or more, not %d", times);
        }
        return tried(times, settings.pause());
    }

    /** Returns this with another pause after the first try that brought nothing; it doubles with each. */
    HttpDownload pausing(Duration first) {
        return tried(settings.attempts(), first);
    }

    private HttpDownload timed(Duration stall, Duration whole) {
        DownloadSettings s = settings;
        return new HttpDownload(new DownloadSettings(
                s.folder(), s.staging(), s.given(), s.policy(), s.largest(), stall, whole, s.attempts(), s.pause()));
    }

    private HttpDownload tried(int attempts, Duration pause) {
        DownloadSettings s = settings;
        return new HttpDownload(new DownloadSettings(
                s.folder(), s.staging(), s.given(), s.policy(), s.largest(), s.stall(), s.whole(), attempts, pause));
    }

    private static void requirePositive(Duration limit) {
        if (limit.isZero() || limit.isNegative()) {
            throw DriverException.because(Failure.INVALID_REQUEST).message("a limit must be positive, not %s", limit);
        }
    }

    /** Fetches an image and tells nobody how far it is; see {@link #fetch(URI, Sha256, Attachment, ProgressListener)}. */
    public ByteSize fetch(URI source, Sha256 digest, Attachment target) throws InterruptedException {
        return fetch(source, digest, target, ProgressListener.NONE);
    }

    /**
     * Fetches an image, makes sure of its digest while it comes, looks at what it is, and returns its size. A file appears when all
     * of it is on the disk, and never in place of another; its owner alone may read and write it. A block device is written when
     * the whole image is here and acceptable. If the target holds the image already, that is made sure of, and nothing is brought.
     *
     * <p>A connection that breaks is made again, and goes on where it was if the server can tell that it is the same content. When
     * the call gives up as {@code UNREACHABLE} or {@code TIMED_OUT}, or this process is killed, what has come is kept beside the
     * target (or where images for devices are gathered) as {@code .hvkit-*.download}, and an equal call goes on from there, having
     * read it again; {@link #sweep} removes what nobody asked for again. All other ends leave nothing.
     *
     * <table>
     * <caption>Failures; the target is as it was, unless said otherwise</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the address is neither {@code http} nor {@code https}, or the target is remote</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the address has no host, or a user or password in it; there are more than five redirects, one that leaves HTTPS, or
     * one to another scheme; the image is too large; it is not acceptable as its policy says; the file is not below the
     * directory</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the server does not answer, breaks off, sends nothing or no HTTP, or has trouble of its own (status 408, 425, 429 or
     * 500 and more), several times</td><td>{@code UNREACHABLE}</td></tr>
     * <tr><td>the limit has passed</td><td>{@code TIMED_OUT}</td></tr>
     * <tr><td>the server's certificate is not trusted, or it wants to know who asks (401, 403, 407)</td>
     * <td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>the server has no such image (404, 410), or there is no device or folder for it</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the bytes do not have the digest, or are no image</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>the file is there and is another one; the device holds what is neither zeroes nor this image where it is to
     * be</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>another call, of this process or another one, fetches the same to the same target</td>
     * <td>{@code OPERATION_PENDING}, effect {@code NOT_APPLIED}</td></tr>
     * <tr><td>there is no room</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>a file cannot be written; a device breaks in the middle, which an equal call ends</td>
     * <td>{@code HOST_NOT_READY}; of a device, with effect {@code UNKNOWN}</td></tr>
     * </table>
     *
     * @param source where the image is; shown without its query, which may hold a signature
     * @param digest what all its bytes together must have
     * @param target a file or a block device of this host
     * @param listener hears how far it is on the calling thread; what it throws ends the call
     * @throws InterruptedException if the caller was interrupted; nothing is left of the download, but on a device that was being
     *     written, where an equal call ends it
     */
    public ByteSize fetch(URI source, Sha256 digest, Attachment target, ProgressListener listener)
            throws InterruptedException {
        SourceAddress address = SourceAddress.of(source);
        Target place = target.match(
                device -> new DeviceTarget(device.path(), settings.staging()),
                file -> new FileTarget(allowed(file.path())),
                remote -> {
                    throw DriverException.because(Failure.UNSUPPORTED)
                            .message(
                                    "an image is fetched to a file or a block device of this host, not to another one");
                });
        return new Fetch(settings, address, digest, place, listener).run();
    }

    private Path allowed(Path path) {
        Path name = Optional.ofNullable(path.getFileName()).orElse(path);
        Path parent = Optional.ofNullable(path.getParent()).orElse(path);
        try {
            Path real = parent.toRealPath().resolve(name);
            if (settings.folder().isPresent()
                    && !real.normalize().startsWith(settings.folder().get().toRealPath())) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "images are fetched into %s here; %s is somewhere else",
                                settings.folder().get(), path);
            }
            return real;
        } catch (IOException e) {
            throw Failures.ofFile("there is no folder for " + path, e);
        }
    }

    /**
     * Removes from a folder what downloads left that nobody went on with for so long, and returns it. What a call works on is left
     * alone, in whichever process. Safe at any time.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such folder
     */
    public static List<Path> sweep(Path folder, Duration unusedFor) {
        Instant before = Instant.now().minus(unusedFor);
        List<Path> removed = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, ".hvkit-*")) {
            for (Path path : found) {
                if (PartialDownload.sweep(path, before)) {
                    removed.add(path);
                }
            }
            return List.copyOf(removed);
        } catch (IOException e) {
            throw Failures.ofFile("what downloads left in " + folder + " cannot be removed", e);
        }
    }
}
