package io.hvkit.engine;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Storage in memory whose volumes have files as well, so that machines in memory can have them as disks. */
final class FileBackedStorage implements StorageDriver {

    private static final long CONTENT_AT = 4096;

    private final InMemoryStorageDriver memory = new InMemoryStorageDriver();
    private final Path folder;
    private final Set<Path> incomplete = ConcurrentHashMap.newKeySet();
    private final List<Optional<ByteSize>> limits = new CopyOnWriteArrayList<>();
    private final Map<Path, String> headers = new ConcurrentHashMap<>();
    private volatile long rot;

    FileBackedStorage(Path folder) {
        this.folder = folder;
    }

    /** Returns the files into which a copy was begun and not finished. */
    Set<Path> incomplete() {
        return incomplete;
    }

    /** Returns how much each copy by a host was to copy in a second, in the order in which they were asked for. */
    List<Optional<ByteSize>> limits() {
        return limits;
    }

    /** Returns what is wrong with every copy from now on; zero if nothing is. */
    long rot() {
        return rot;
    }

    /** Makes every copy another than its source. */
    void rotFromNowOn() {
        rot = 1;
    }

    /** Returns the files that have got a header by a host, and what opens each. */
    Map<Path, String> headers() {
        return headers;
    }

    /** Returns the storage in memory. */
    InMemoryStorageDriver memory() {
        return memory;
    }

    /** Returns the file of a volume. */
    Path file(VolumeId volume) {
        return folder.resolve(volume.value());
    }

    /** Returns the names of all files. */
    List<String> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes to the file of a disk, where its machine would. */
    static void write(Path file, long content) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(CONTENT_AT);
            opened.writeLong(content);
        }
    }

    /** Reads what was written. */
    static long read(Path file) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
            opened.seek(CONTENT_AT);
            return opened.readLong();
        }
    }

    @Override
    public Set<StoragePoolType> types() {
        return memory.types();
    }

    @Override
    public SpiVersion builtAgainst() {
        return memory.builtAgainst();
    }

    @Override
    public Set<Option<?>> options() {
        return memory.options();
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) {
        StoragePool pool = memory.open(id, type, options);
        return (StoragePool) Proxy.newProxyInstance(
                StoragePool.class.getClassLoader(), new Class<?>[] {StoragePool.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(pool, arguments);
                        if ("delete".equals(method.getName())) {
                            Files.deleteIfExists(file((VolumeId) arguments[0]));
                        }
                        return switch (method.getName()) {
                            case "create" ->
                                made(
                                        (CreateVolume) arguments[0],
                                        (Volume) result,
                                        !pool.encryption().needsHeader());
                            case "attach" -> new Attachment.ImageFile(file((VolumeId) arguments[0]));
                            default -> result;
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private Volume made(CreateVolume request, Volume made, boolean isWhole) throws IOException {
        Path file = file(made.id());
        if (Files.notExists(file)) {
            try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
                opened.setLength(made.size().bytes());
            }
            if (isWhole) {
                for (Secret key : request.key().stream().toList()) {
                    InMemoryHypervisorDriver.encrypt(file, key);
                }
            }
        }
        return made;
    }
}
