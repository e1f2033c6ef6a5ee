package io.hvkit.engine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Pools in memory that say of themselves what a test wants, and note that they were asked. */
final class ScriptedPools implements StorageDriver {

    /** Promises more than it has; its type says that it encrypts. */
    static final StoragePoolType THIN = StoragePoolType.named("thin", "Thin")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    /** Holds other pools. */
    static final StoragePoolType PARENT =
            StoragePoolType.named("datastore-cluster", "Datastore cluster").having(PoolTrait.SHARED, PoolTrait.PARENT);

    /** What a pool is called here; the script goes by it. */
    static final Option<String> NAME = Option.text("called");

    /** What a pool says. */
    static final class Script {
        private volatile PoolStatistics statistics =
                new PoolStatistics(ByteSize.gibibytes(100), ByteSize.ZERO, ByteSize.ZERO);
        private volatile ByteSize step = ByteSize.bytes(512);
        private volatile EncryptionSupport encryption = EncryptionSupport.hypervisorLuks();
        private volatile Optional<DriverException> failure = Optional.empty();
        private volatile boolean counts;
        private volatile Runnable beforeTold = () -> {};

        Script holding(long capacity, long used, long provisioned) {
            statistics = new PoolStatistics(
                    ByteSize.gibibytes(capacity), ByteSize.gibibytes(used), ByteSize.gibibytes(provisioned));
            return this;
        }

        /** Has that capacity, and tells truly what its volumes take of it. */
        Script counting(long capacity) {
            statistics = new PoolStatistics(ByteSize.gibibytes(capacity), ByteSize.ZERO, ByteSize.ZERO);
            counts = true;
            return this;
        }

        /** Does something each time after it was seen how full it is, and before that is told. */
        Script telling(Runnable pause) {
            beforeTold = pause;
            return this;
        }

        private PoolStatistics seen(StoragePool real) throws InterruptedException {
            if (!counts) {
                return statistics;
            }
            long provisioned = real.list().stream()
                    .mapToLong(volume -> volume.size().roundedUpTo(step).bytes())
                    .sum();
            return new PoolStatistics(statistics.capacity(), ByteSize.ZERO, ByteSize.bytes(provisioned));
        }

        Script inStepsOf(ByteSize size) {
            step = size;
            return this;
        }

        Script encryptedBy(EncryptionSupport support) {
            encryption = support;
            return this;
        }

        Script failing(Failure why, String message) {
            failure = Optional.of(DriverException.because(why).message("%s", message));
            return this;
        }

        private VolumePlan plan(CreateVolume request) {
            return VolumePlan.exactly(request.size().roundedUpTo(step));
        }
    }

    private final InMemoryStorageDriver real = new InMemoryStorageDriver();
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    /** Returns what the pool of that name says; changes count at once. */
    Script script(String name) {
        return scripts.computeIfAbsent(name, absent -> new Script());
    }

    /** Returns which pools were asked how full they are since this was called last. */
    List<String> asked() {
        List<String> names = asked.stream().sorted().toList();
        asked.clear();
        return names;
    }

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(THIN, PARENT);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(NAME);
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) {
        String name = options.get(NAME);
        StoragePool pool = real.open(id, InMemoryStorageDriver.TYPE, Options.parse(List.of(), Map.of()));
        return (StoragePool) Proxy.newProxyInstance(
                StoragePool.class.getClassLoader(), new Class<?>[] {StoragePool.class}, (proxy, method, arguments) -> {
                    Script script = script(name);
                    return switch (method.getName()) {
                        case "type" -> type;
                        case "encryption" -> script.encryption;
                        case "statistics" -> told(name, script, pool);
                        case "plan" -> script.plan((CreateVolume) arguments[0]);
                        default -> invoked(pool, method, arguments);
                    };
                });
    }

    private PoolStatistics told(String name, Script script, StoragePool real) throws InterruptedException {
        asked.add(name);
        script.failure.ifPresent(failure -> {
            throw failure;
        });
        PoolStatistics seen = script.seen(real);
        script.beforeTold.run();
        return seen;
    }

    private static Object invoked(StoragePool pool, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(pool, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
