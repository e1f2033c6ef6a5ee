package io.hvkit.engine;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.Set;

/** Storage as a process sees it that dies before or after one of its calls. */
final class FusedStorage implements StorageDriver {

    private final StorageDriver real;
    private final Fuse fuse;

    FusedStorage(StorageDriver real, Fuse fuse) {
        this.real = real;
        this.fuse = fuse;
    }

    @Override
    public Set<StoragePoolType> types() {
        return real.types();
    }

    @Override
    public SpiVersion builtAgainst() {
        return real.builtAgainst();
    }

    @Override
    public Set<Option<?>> options() {
        return real.options();
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        return fused(StoragePool.class, real.open(id, type, options));
    }

    /** Has a moment before and after each call. */
    private record Handler(Object target, Fuse fuse) implements InvocationHandler {

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            fuse.burn();
            try {
                Object result = method.invoke(target, arguments);
                fuse.burn();
                return result instanceof Optional<?> facet ? facet.map(this::fusedFacet) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private Object fusedFacet(Object facet) {
            if (facet instanceof Growth growth) {
                return FusedStorage.fused(Growth.class, growth, fuse);
            }
            if (facet instanceof Templates templates) {
                return FusedStorage.fused(Templates.class, templates, fuse);
            }
            if (facet instanceof PoolCluster cluster) {
                return FusedStorage.fused(PoolCluster.class, cluster, fuse);
            }
            return facet instanceof Adoption adoption
                    ? (Adoption) (volume, from) -> adopt(adoption, volume, from)
                    : facet;
        }

        /** A driver meets its own pools as they are. */
        private Volume adopt(Adoption adoption, VolumeId volume, StoragePool from) throws InterruptedException {
            fuse.burn();
            Handler other = (Handler) Proxy.getInvocationHandler(from);
            Volume adopted = adoption.adopt(volume, (StoragePool) other.target);
            fuse.burn();
            return adopted;
        }
    }

    private <T> T fused(Class<T> kind, T target) {
        return fused(kind, target, fuse);
    }

    private static <T> T fused(Class<T> kind, T target, Fuse fuse) {
        return kind.cast(
                Proxy.newProxyInstance(kind.getClassLoader(), new Class<?>[] {kind}, new Handler(target, fuse)));
    }
}
