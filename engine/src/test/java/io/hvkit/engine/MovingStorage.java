package io.hvkit.engine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Progress;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Storage in memory that moves volumes between its pools, as a process sees it that dies, and whose moves take a course of their own. */
final class MovingStorage implements StorageDriver {

    /** How moves go. */
    enum Course {
        /** To their end. */
        STEADY,
        /** On and on, until somebody takes them back. */
        ENDLESS,
        /** They fail at the storage, and the volume is where it was. */
        FAILING,
        /** Somebody else takes them back. */
        TAKEN_BACK,
        /** They arrive just when somebody wants to take them back. */
        TOO_FAST,
        /** The same, and then the storage does not answer whoever wants them back. */
        TOO_FAST_AND_SILENT,
        /** What is asked for is not answered. */
        SILENT
    }

    private final InMemoryStorageDriver memory;
    private final Fuse fuse;
    private final AtomicReference<Course> course;
    private final CountDownLatch takenBack = new CountDownLatch(1);

    MovingStorage(InMemoryStorageDriver memory, Fuse fuse, AtomicReference<Course> course) {
        this.memory = memory;
        this.fuse = fuse;
        this.course = course;
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
        return (StoragePool) Proxy.newProxyInstance(
                StoragePool.class.getClassLoader(),
                new Class<?>[] {StoragePool.class},
                new Fused(memory.open(id, type, options)));
    }

    private final class Fused implements InvocationHandler {
        private final StoragePool real;

        Fused(StoragePool real) {
            this.real = real;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            fuse.burn();
            try {
                Object result = method.invoke(real, arguments);
                fuse.burn();
                return "migration".equals(method.getName()) ? real.migration().map(Moves::new) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }
    }

    private static StoragePool unfused(StoragePool pool) {
        return Proxy.isProxyClass(pool.getClass()) && Proxy.getInvocationHandler(pool) instanceof Fused fused
                ? fused.real
                : pool;
    }

    private final class Moves implements PoolMigration {
        private final PoolMigration real;

        Moves(PoolMigration real) {
            this.real = real;
        }

        @Override
        public boolean reaches(StoragePool target) {
            return real.reaches(unfused(target));
        }

        @Override
        public PoolMigrationJob start(VolumeId volume, StoragePool target) throws InterruptedException {
            fuse.burn();
            if (course.get() == Course.SILENT) {
                throw DriverException.because(Failure.UNREACHABLE).message("the storage does not answer");
            }
            PoolMigrationJob job = real.start(volume, unfused(target));
            fuse.burn();
            return new Move(job);
        }

        @Override
        public Optional<PoolMigrationJob> find(VolumeId volume) throws InterruptedException {
            fuse.burn();
            return real.find(volume).map(Move::new);
        }
    }

    private final class Move implements PoolMigrationJob {
        private final PoolMigrationJob real;

        Move(PoolMigrationJob real) {
            this.real = real;
        }

        @Override
        public Progress progress() throws InterruptedException {
            return real.progress();
        }

        @Override
        public Optional<PoolMigrationVerdict> await(Duration limit) throws InterruptedException {
            fuse.burn();
            Course now = course.get();
            if (now == Course.ENDLESS || now == Course.TOO_FAST || now == Course.TOO_FAST_AND_SILENT) {
                real.pause();
                boolean unused = takenBack.await(limit.toMillis(), TimeUnit.MILLISECONDS);
                return real.await(Duration.ZERO);
            }
            if (now == Course.FAILING) {
                real.rollBack();
                return Optional.of(new PoolMigrationVerdict.Failed(Failure.EXHAUSTED, "the pool is full"));
            }
            if (now == Course.TAKEN_BACK) {
                real.rollBack();
            }
            Optional<PoolMigrationVerdict> verdict = real.await(limit);
            fuse.burn();
            return verdict;
        }

        @Override
        public void pause() throws InterruptedException {
            real.pause();
        }

        @Override
        public void resume() throws InterruptedException {
            real.resume();
        }

        @Override
        public void rollBack() throws InterruptedException {
            fuse.burn();
            if (course.compareAndSet(Course.TOO_FAST, Course.STEADY)
                    || course.compareAndSet(Course.TOO_FAST_AND_SILENT, Course.SILENT)) {
                real.resume();
                Optional<PoolMigrationVerdict> unused = real.await(Duration.ZERO);
            }
            real.rollBack();
            takenBack.countDown();
            fuse.burn();
        }
    }
}
