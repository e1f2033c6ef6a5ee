package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.Set;
import java.util.stream.Stream;

/** An answer that says no, or a task that failed. */
public final class VimFault extends Exception {

    private static final long serialVersionUID = 1L;
    private static final int LONGEST_TEXT = 300;

    private final String call;
    private final String type;
    private final String text;
    private final transient Node detail;

    private VimFault(String call, String type, String text, Node detail) {
        super(text, null, false, false);
        this.call = call;
        this.type = type;
        this.text = text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + " [...]";
        this.detail = detail;
    }

    /** Returns what a SOAP fault says. */
    static VimFault ofSoap(String call, Node fault) {
        Node detail = fault.at("detail")
                .flatMap(found -> found.children().stream().findFirst())
                .orElse(fault);
        String type = detail.type().isEmpty() ? "SystemError" : detail.type();
        return new VimFault(call, type, fault.text("faultstring"), detail);
    }

    /** Returns what the error of a task says. */
    static VimFault ofTask(String call, Node error) {
        Node fault = error.at("fault").orElse(error);
        String type = fault.type().isEmpty() ? "SystemError" : fault.type();
        return new VimFault(call, type, error.text("localizedMessage"), fault);
    }

    /** Returns the vSphere API's name of it. */
    public String type() {
        return type;
    }

    /** Returns whether it is one of these. */
    public boolean is(String... types) {
        return Set.of(types).contains(type);
    }

    /** Returns the object that is not there, if it says so. */
    boolean lacks(String kind) {
        return is("ManagedObjectNotFound")
                && detail.at("obj").filter(obj -> obj.ref().type().equals(kind)).isPresent();
    }

    /** Nothing was done, for want of a session. */
    boolean meansLoggedOut() {
        return is("NotAuthenticated");
    }

    /** Returns whether it is about a file that another machine has open. */
    public boolean meansLocked() {
        return is("FileLocked", "ResourceInUse")
                || (is("GenericVmConfigFault", "CannotAccessLocalSource", "FileFault") && hasKey("lock"));
    }

    /** Returns whether it says that somebody is just changing that, so that the same may work soon. */
    public boolean meansBusy() {
        return is("TaskInProgress", "VAppTaskInProgress", "ConcurrentAccess", "FailToLockFaultToleranceVMs");
    }

    /** Returns whether the vCenter does not know itself what became of it: its host has not answered. */
    public boolean leavesDoubt() {
        return is("HostCommunication", "HostNotReachable");
    }

    private boolean hasKey(String part) {
        return Stream.concat(detail.all("faultMessage"), detail.all("reason"))
                .anyMatch(message -> message.text().contains(part)
                        || message.text("key").contains(part)
                        || message.text("message").contains(part));
    }

    /** Returns it as callers of the SPI see it. */
    public DriverException asFailure() {
        return DriverException.because(failure())
                .effect(leavesDoubt() || is("SystemError", "RuntimeFault") ? Effect.UNKNOWN : Effect.NOT_APPLIED)
                .vendorCode(type)
                .message("the vCenter refused %s with %s: %s", call, type, text);
    }

    private Failure failure() {
        if (meansLocked()) {
            return Failure.IN_USE;
        }
        if (meansBusy()) {
            return Failure.OPERATION_PENDING;
        }
        if (leavesDoubt()) {
            return Failure.UNREACHABLE;
        }
        return switch (type) {
            case "NotAuthenticated", "InvalidLogin", "NoPermission" -> Failure.BAD_CREDENTIALS;
            case "ManagedObjectNotFound", "FileNotFound", "NotFound", "CannotAccessFile" -> Failure.NOT_FOUND;
            case "DuplicateName", "AlreadyExists", "FileAlreadyExists" -> Failure.EXISTS_DIFFERENTLY;
            case "NoDiskSpace",
                    "InsufficientResourcesFault",
                    "InsufficientCpuResourcesFault",
                    "InsufficientMemoryResourcesFault",
                    "InsufficientHostCapacityFault",
                    "InsufficientHostCpuCapacityFault",
                    "InsufficientHostMemoryCapacityFault",
                    "InsufficientFailoverResourcesFault",
                    "NumVirtualCpusExceedsLimit",
                    "TooManySnapshotLevels",
                    "TooManyDevices" -> Failure.EXHAUSTED;
            case "NotSupported", "MethodNotFound", "NotImplemented", "MethodDisabled", "RestrictedVersion" ->
                Failure.UNSUPPORTED;
            case "InvalidArgument",
                    "InvalidDeviceSpec",
                    "InvalidVmConfig",
                    "InvalidName",
                    "InvalidDatastorePath",
                    "InvalidRequest",
                    "InvalidProperty" -> Failure.INVALID_REQUEST;
            default -> Failure.HOST_NOT_READY;
        };
    }
}
