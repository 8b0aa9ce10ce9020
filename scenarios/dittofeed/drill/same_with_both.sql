select watertight_drill.must_be('both migrations');
