select watertight_drill.must_be('before the migrations');
