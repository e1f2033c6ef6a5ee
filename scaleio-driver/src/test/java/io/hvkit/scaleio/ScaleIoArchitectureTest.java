package io.hvkit.scaleio;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.hvkit.scaleio", importOptions = ImportOption.DoNotIncludeTests.class)
class ScaleIoArchitectureTest {

    @ArchTest
    static final ArchRule theGatewayKnowsNothingOfPools = noClasses()
            .that()
            .resideInAPackage("..internal.gateway")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.hvkit.scaleio", "..internal.pool", "io.hvkit.storage..");

    @ArchTest
    static final ArchRule httpHasOneUser = classes()
            .that()
            .resideOutsideOfPackage("..internal.gateway")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackage("java.net.http..");
}
